package dev.hast.ctl.output;

import dev.hast.control.v1.DumpResponse;

/// What `hastctl dump` shows of a provider's metadata: HAST's keys first.
public final class DumpView {

    private DumpView() {}

    public static String text(DumpResponse dump) {
        var out = new StringBuilder();
        line(out, "resource", dump.getResource());
        line(out, "datasize", Words.exactBytes(dump.getDataBytes()));
        line(out, "extentsize", Words.exactBytes(dump.getExtentBytes()));
        line(out, "keepdirty", Integer.toString(dump.getActivityLogExtents()));
        line(out, "localoff", Words.exactBytes(dump.getDataOffset()));
        line(out, "resuid", dump.getId());
        line(out, "prevrole", Words.of(dump.getPreviousRole()));
        line(out, "provider", dump.getProvider());
        line(out, "format", Integer.toString(dump.getFormatVersion()));
        line(out, "copies", String.join(", ", dump.getCopiesList()));
        line(out, "node", dump.getNode() + " (slot " + dump.getSlot() + ")");
        line(out, "epoch", Long.toUnsignedString(dump.getEpoch()));
        line(out, "reign", String.format("%016x", dump.getReign()));
        line(out, "primary", dump.getPrimary());
        line(out, "members", String.join(", ", dump.getMembersList()));
        line(out, "in sync", String.join(", ", dump.getInSyncList()));
        for (var reign : dump.getHistoryList()) {
            line(
                    out,
                    "history",
                    String.format(
                            "reign %016x from epoch %d, primary %s",
                            reign.getReign(), reign.getBeginEpoch(), reign.getPrimary()));
        }
        for (var map : dump.getDirtyMapsList()) {
            line(out, "dirty for " + map.getNode(), Words.exactBytes(map.getDirtyBytes()));
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String key, String value) {
        out.append(key).append(": ").append(value).append('\n');
    }
}
