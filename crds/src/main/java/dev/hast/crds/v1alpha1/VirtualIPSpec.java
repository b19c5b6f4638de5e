package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a group of service addresses should be. Each field means what it means in the daemon's
/// document of the same name; Secrets stand in place of files, and `serviceRef` is the operator's.
/// `mounts` and `services` are for plain machines: in a cluster, pods mount and run.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "!has(self.preemptDelay) || self.preempt",
        message =
                "preemptDelay: nothing is delayed, as preempt is false; write preempt: true, or leave it out")
@ValidationRule(
        value = "self.multicast || has(self.unicastPeers) || self.nodes.exists(n, has(n.address))",
        message =
                "multicast is false, and nobody is told by unicast; list unicastPeers, or give nodes an address")
@ValidationRule(
        value = "self.authentication == 'strict' || (!has(self.keys) && !has(self.sendKey))",
        message =
                "keys and sendKey belong to authentication: strict; leave them out, or write authentication: strict")
@ValidationRule(
        value = "self.authentication != 'strict' || has(self.keys)",
        message = "authentication: strict needs keys: - {id: 1, secretRef: {namespace, name, key}}")
@ValidationRule(
        value =
                "!has(self.sendKey) || !has(self.keys) || self.keys.exists(k, k.id == self.sendKey)",
        message = "sendKey: there is no such key; write the id of one that is listed under keys")
public record VirtualIPSpec(
        @JsonPropertyDescription(
                        "IPv4 and IPv6 addresses without a prefix. They move together, and every node of the group must have the same ones")
                @Required
                @Size(min = 1, max = 32)
                @ValidationRule(
                        value = "self.all(a, isIP(a))",
                        message =
                                "write each address in digits and without the length of a prefix, such as 192.0.2.10 or 2001:db8::10")
                @ValidationRule(
                        value =
                                "self.all(a, !isIP(a) || ip(a).isGlobalUnicast() || ip(a).isLinkLocalUnicast())",
                        message =
                                "an address can't be held by one node for others; give free addresses of the interface's subnet")
                @ValidationRule(
                        value = "self.all(a, self.exists_one(b, a == b))",
                        message = "an address is given twice; keep one of the two")
                List<@Size(max = 45) String> addresses,
        @JsonProperty("interface")
                @JsonPropertyDescription(
                        "Where they are. auto: the interface with a subnet that holds them")
                @Default("auto")
                @Size(min = 1, max = 15)
                @ValidationRule(value = INTERFACE, message = INTERFACE_MESSAGE)
                @Nullable String device,
        @JsonPropertyDescription(
                        "The group's number on its segment, 1 to 255; VRRP counts in the same range")
                @Required
                @Min(1)
                @Max(255)
                @Nullable Integer vhid,
        @JsonPropertyDescription("Who may hold them")
                @Required
                @Size(min = 1, max = 64)
                @ValidationRule(
                        value = "self.all(n, self.exists_one(m, m.node == n.node))",
                        message = "a node is given twice; keep one")
                List<Holder> nodes,
        @JsonPropertyDescription("Seconds between adverts, as on the wire")
                @Default("1")
                @Min(1)
                @Max(255)
                @Nullable Integer advbase,
        @JsonPropertyDescription(
                        "Between adverts among nodes of ours, 20ms to 255s. Default: advbase")
                @Size(max = Forms.DURATION_MAX)
                @ValidationRule(
                        value =
                                Forms.IS_DURATION
                                        + " && duration(self) >= duration('20ms') && duration(self) <= duration('255s')",
                        message = "give 20ms to 255s, such as 200ms or 1s")
                @Nullable String advertisementInterval,
        @JsonPropertyDescription("Whether a better node takes them from a healthy one")
                @Default("false")
                @Nullable Boolean preempt,
        @JsonPropertyDescription("How long it has to have been able to, first; up to 1h")
                @Size(max = Forms.DURATION_MAX)
                @ValidationRule(
                        value = Forms.IS_DURATION + " && duration(self) <= duration('1h')",
                        message = "give up to 1h, such as 30s or 5m")
                @Nullable String preemptDelay,
        @JsonPropertyDescription("Whether adverts go to CARP's group") @Default("true")
                @Nullable Boolean multicast,
        @JsonPropertyDescription(
                        "Whether they have a hardware address of their own, 00:00:5e:00:01:VHID, that moves with them")
                @Default("false")
                @Nullable Boolean virtualMac,
        @JsonPropertyDescription("Addresses that get each advert besides")
                @Size(min = 1, max = 64)
                @ValidationRule(
                        value = "self.all(a, isIP(a))",
                        message = "write each address in digits, such as 192.0.2.10")
                List<@Size(max = 45) String> unicastPeers,
        @JsonPropertyDescription(
                        "carp: HMAC-SHA1 as on BSD. strict: HMAC-SHA256 over all fields, none taken twice, among nodes of ours")
                @Default("carp")
                @Nullable Authentication authentication,
        @JsonPropertyDescription(
                        "CARP's password: an entry of a Secret whose first line has 1 to 19 bytes")
                @Required
                @Nullable SecretKeyRef passwordSecretRef,
        @JsonPropertyDescription(
                        "With strict: keys that are accepted. To change: add the new one, then use it by sendKey, then take the old one out")
                @Size(min = 1, max = 16)
                @ValidationRule(
                        value = "self.all(k, self.exists_one(l, l.id == k.id))",
                        message = "an id is given twice; number the keys apart")
                List<Key> keys,
        @JsonPropertyDescription("With strict: id of the key that is used. Default: the first")
                @Min(1)
                @Max(255)
                @Nullable Integer sendKey,
        @JsonPropertyDescription(
                        "HastResources that are primary where the addresses are, as one group. Empty: plain CARP")
                @Size(min = 1, max = 32)
                @ValidationRule(
                        value = "self.all(f, self.exists_one(g, f == g))",
                        message = "a resource is given twice; keep one of the two")
                @ValidationRule(
                        value = "self.all(f, f.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$'))",
                        message = Forms.NAME_MESSAGE)
                List<@Size(max = Forms.NAME_MAX) String> follows,
        @JsonPropertyDescription("A Service that gets the addresses, and whose pods they reach")
                @Nullable ServiceRef serviceRef,
        @JsonPropertyDescription(
                        "When somebody else claims an address: defend announces it again, yield gives it up")
                @Default("defend")
                @Nullable OnDuplicate onDuplicate,
        @JsonPropertyDescription(
                        "Probes on each node; while one fails, its weight is added to the node's advskew")
                @Size(min = 1, max = 16)
                @ValidationRule(
                        value = "self.all(d, self.exists_one(e, e.name == d.name))",
                        message = "a name is given twice; name the probes apart")
                List<Probe> demotion,
        @JsonPropertyDescription("Programs of the daemon's image that hear of transitions")
                @Nullable Hooks hooks) {

    private static final String INTERFACE = "self.matches('^[^\\\\s/:]{1,15}$')";
    private static final String INTERFACE_MESSAGE =
            "write a network interface's name as `ip link` does, or auto";

    public VirtualIPSpec {
        addresses = Lists.of(addresses);
        nodes = Lists.of(nodes);
        unicastPeers = Lists.of(unicastPeers);
        keys = Lists.of(keys);
        follows = Lists.of(follows);
        demotion = Lists.of(demotion);
    }

    /// A node that may hold the addresses.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Holder(
            @JsonPropertyDescription("Its name")
                    @Required
                    @Size(min = 1, max = Forms.NAME_MAX)
                    @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                    String node,
            @JsonPropertyDescription("The smaller, the rather it holds them; 0 to 254")
                    @Default("0")
                    @Min(0)
                    @Max(254)
                    @Nullable Integer advskew,
            @JsonProperty("interface")
                    @JsonPropertyDescription("Its interface, where it differs from the group's")
                    @Size(min = 1, max = 15)
                    @ValidationRule(value = INTERFACE, message = INTERFACE_MESSAGE)
                    @Nullable String device,
            @JsonPropertyDescription("Where adverts reach it by unicast")
                    @Size(max = 45)
                    @ValidationRule(
                            value = "isIP(self)",
                            message = "write the address in digits, such as 192.0.2.10")
                    @Nullable String address) {}

    /// A key of strict authentication.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Key(
            @JsonPropertyDescription("1 to 255") @Required @Min(1) @Max(255) @Nullable Integer id,
            @JsonPropertyDescription("An entry of a Secret whose first line has 16 to 64 bytes")
                    @Required
                    @Nullable SecretKeyRef secretRef) {}

    /// What is tried again and again on each node.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    @ValidationRule(
            value = "has(self.command) != has(self.tcp)",
            message = "give exactly one of command and tcp")
    public record Probe(
            @JsonPropertyDescription("As status and metrics call it")
                    @Required
                    @Size(min = 1, max = Forms.NAME_MAX)
                    @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                    String name,
            @JsonPropertyDescription(
                            "A program of the daemon's image that has to exit with 0, and its arguments")
                    @Size(min = 1, max = 32)
                    @ValidationRule(
                            value = "self[0].startsWith('/')",
                            message = "write the program from the root: [/PROGRAM, ...]")
                    List<@Size(min = 1, max = 1024) String> command,
            @JsonPropertyDescription("HOST:PORT that has to take a connection")
                    @Size(max = Forms.HOST_MAX)
                    @ValidationRule(
                            value =
                                    "self.matches('^([[][0-9A-Fa-f:.%a-z]+[]]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):[0-9]{1,5}$')",
                            message = "write host:port")
                    @Nullable String tcp,
            @JsonPropertyDescription("Between tries, 10ms to 10m")
                    @Default("1s")
                    @Size(max = Forms.DURATION_MAX)
                    @ValidationRule(value = TRY, message = TRY_MESSAGE)
                    @Nullable String interval,
            @JsonPropertyDescription("After which a try has failed, 10ms to 10m. Default: interval")
                    @Size(max = Forms.DURATION_MAX)
                    @ValidationRule(value = TRY, message = TRY_MESSAGE)
                    @Nullable String timeout,
            @JsonPropertyDescription("In a row that demote; as many successes undo it")
                    @Default("3")
                    @Min(1)
                    @Max(100)
                    @Nullable Integer failures,
            @JsonPropertyDescription("Added to the node's advskew")
                    @Default("240")
                    @Min(1)
                    @Max(240)
                    @Nullable Integer weight) {
        public Probe {
            command = Lists.of(command);
        }
    }

    private static final String TRY =
            Forms.IS_DURATION
                    + " && duration(self) >= duration('10ms') && duration(self) <= duration('10m')";
    private static final String TRY_MESSAGE = "give 10ms to 10m, such as 500ms or 5s";

    /// Programs that hear of transitions.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Hooks(
            @JsonPropertyDescription("Called as devd does: CARP VHID@INTERFACE MASTER|BACKUP|INIT")
                    @Size(max = Forms.PATH_MAX)
                    @ValidationRule(value = Forms.PATH, message = Forms.PATH_MESSAGE)
                    @Nullable String exec,
            @JsonPropertyDescription("Called by the new holder as ucarp does: INTERFACE ADDRESS")
                    @Size(max = Forms.PATH_MAX)
                    @ValidationRule(value = Forms.PATH, message = Forms.PATH_MESSAGE)
                    @Nullable String up,
            @JsonPropertyDescription("Called by who holds no more, in the same way")
                    @Size(max = Forms.PATH_MAX)
                    @ValidationRule(value = Forms.PATH, message = Forms.PATH_MESSAGE)
                    @Nullable String down,
            @JsonPropertyDescription("After which they are ended, 10ms to 10m")
                    @Default("10s")
                    @Size(max = Forms.DURATION_MAX)
                    @ValidationRule(value = TRY, message = TRY_MESSAGE)
                    @Nullable String timeout) {}
}
