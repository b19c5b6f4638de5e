package dev.hast.daemon.document;

import java.net.Inet6Address;
import java.util.regex.Pattern;

/// A host and a port: `192.168.100.197:8457`, `hast-a.example:8457`, `[2001:db8::1]:8457`.
///
/// @param host a name or an address, without the brackets of IPv6
/// @param port 1 to 65535
public record Endpoint(String host, int port) {

    /// HAST's registered port: what replicas listen on unless told otherwise.
    public static final int REPLICATION_PORT = 8457;

    private static final Pattern FORM =
            Pattern.compile(
                    "(?:\\[([0-9A-Fa-f:.%a-z]+)\\]|([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?))(?::([0-9]{1,6}))?");

    public Endpoint {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
        if (host.indexOf(':') >= 0 && !isIpv6(host)) {
            throw new IllegalArgumentException(
                    "\"" + host + "\" is not an IPv6 address such as fd00::1");
        }
    }

    private static boolean isIpv6(String host) {
        int zone = host.indexOf('%');
        try {
            Inet6Address.ofLiteral(zone < 0 ? host : host.substring(0, zone));
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// Reads `host[:port]`.
    ///
    /// @throws IllegalArgumentException when the text isn't one; the message fits after "address: "
    public static Endpoint parse(String text, int defaultPort) {
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            boolean bareIpv6 = text.chars().filter(c -> c == ':').count() > 1;
            throw new IllegalArgumentException(
                    "\""
                            + text
                            + "\" is not host:port such as "
                            + (bareIpv6
                                    ? "[fd00::1]:8457 (IPv6 stands in brackets)"
                                    : "192.168.100.197:8457"));
        }
        var host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        var port = matcher.group(4);
        return new Endpoint(host, port == null ? defaultPort : Integer.parseInt(port));
    }

    /// The text that [#parse] reads back.
    public String text() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return text();
    }
}
