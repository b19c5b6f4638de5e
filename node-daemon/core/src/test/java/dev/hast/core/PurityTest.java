package dev.hast.core;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;

/// The core can be replayed from a seed only while nothing in it looks at the outside world or at
/// an order that the JVM makes up. These rules keep both out.
@AnalyzeClasses(packages = "dev.hast.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class PurityTest {

    /// Where a value comes from that differs between two runs of one seed.
    private static final Map<String, String> IMPURE_CALLS =
            Map.ofEntries(
                    Map.entry(
                            "java.lang.System",
                            "nanoTime|currentTimeMillis|identityHashCode|getenv|getProperty|exit|gc|load|loadLibrary"),
                    Map.entry("java.lang.Math", "random"),
                    Map.entry("java.lang.Runtime", ".*"),
                    Map.entry("java.lang.Thread", ".*"),
                    Map.entry("java.time.Instant", "now"),
                    Map.entry("java.time.Clock", ".*"),
                    Map.entry("java.time.LocalDateTime", "now"),
                    Map.entry("java.time.ZonedDateTime", "now"),
                    Map.entry("java.util.UUID", "randomUUID"),
                    Map.entry("java.util.Random", ".*"),
                    Map.entry("java.security.SecureRandom", ".*"),
                    Map.entry("java.util.Set", "of|copyOf"),
                    Map.entry("java.util.Map", "of|ofEntries|copyOf"),
                    Map.entry("java.util.HashMap", "<init>|newHashMap"),
                    Map.entry("java.util.HashSet", "<init>|newHashSet"),
                    Map.entry("java.util.IdentityHashMap", ".*"),
                    Map.entry("java.util.WeakHashMap", ".*"),
                    Map.entry(
                            "java.util.stream.Collectors",
                            "toSet|toMap|groupingBy|toUnmodifiable.*"),
                    Map.entry("java.util.Collection", "parallelStream"));

    /// Classes that may hold a hash map, because they look up by key and never go through it.
    private static final String LOOK_UP_ONLY = "dev.hast.core.replication.Completions";

    @ArchTest
    static final ArchRule seesTheLanguageOnly =
            classes()
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..", "javax.crypto..", "org.jspecify..", "dev.hast.core..")
                    .because("whatever else there is belongs to the daemon");

    @ArchTest
    static final ArchRule opensNothing =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "java.net..",
                            "java.nio.channels..",
                            "java.nio.file..",
                            "java.util.concurrent..",
                            "java.util.logging..",
                            "java.lang.foreign..",
                            "java.lang.reflect..",
                            "java.sql..")
                    .orShould()
                    .dependOnClassesThat(
                            nameMatching("java\\.io\\.(File|RandomAccess|Print|Console).*"))
                    .orShould()
                    .accessField(System.class, "out")
                    .orShould()
                    .accessField(System.class, "err")
                    .because(
                            "sockets, files, threads and logs come in as events and go out as effects");

    @ArchTest
    static final ArchRule repeatsItself =
            noClasses()
                    .that()
                    .doNotHaveFullyQualifiedName(LOOK_UP_ONLY)
                    .should()
                    .callMethodWhere(impure())
                    .orShould()
                    .callConstructorWhere(impure())
                    .because(
                            "time and chance are handed in, and hash order differs between two runs:"
                                    + " use List, EnumMap, TreeMap or LinkedHashMap");

    @ArchTest
    static final ArchRule keepsNoStaticState =
            fields().that()
                    .areStatic()
                    .should()
                    .beFinal()
                    .because("two machines in one simulation must not share anything that changes")
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule isNotInherited =
            classes()
                    .that()
                    .areNotInterfaces()
                    .and()
                    .areNotRecords()
                    .and()
                    .areNotEnums()
                    .and()
                    .arePublic()
                    .should(beFinalOrSealed())
                    .because("a machine is composed, not inherited")
                    .allowEmptyShould(true);

    @ArchTest
    static final ArchRule hasNoCycles =
            slices().matching("dev.hast.core.(*)..")
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true);

    private static ArchCondition<JavaClass> beFinalOrSealed() {
        return ArchCondition.from(
                DescribedPredicate.describe(
                        "be final or sealed",
                        type ->
                                type.getModifiers().contains(JavaModifier.FINAL)
                                        || type.reflect().isSealed()));
    }

    private static DescribedPredicate<JavaCall<?>> impure() {
        List<DescribedPredicate<JavaCall<?>>> calls =
                IMPURE_CALLS.entrySet().stream()
                        .map(entry ->
                                target(owner(name(entry.getKey())))
                                        .and(target(nameMatching(entry.getValue())))
                                        .<JavaCall<?>>forSubtype())
                        .toList();
        return DescribedPredicate.or(calls).as("a clock, a random source, a thread or hash order");
    }
}
