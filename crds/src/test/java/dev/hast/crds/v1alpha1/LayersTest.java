package dev.hast.crds.v1alpha1;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The custom resources are types and nothing else.
@AnalyzeClasses(packages = "dev.hast.crds", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {

    @ArchTest
    static final ArchRule typesDependOnNothingOfOurs =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "org.jspecify..",
                            "com.fasterxml.jackson.annotation..",
                            "io.fabric8..",
                            "dev.hast.crds..")
                    .because("whoever speaks to the cluster uses them, and they use nobody");
}
