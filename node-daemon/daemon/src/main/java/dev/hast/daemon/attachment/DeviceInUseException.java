package dev.hast.daemon.attachment;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// The device cannot be taken away, because somebody holds it.
public final class DeviceInUseException extends AttachmentException {
    private static final long serialVersionUID = 1L;

    private final transient List<DeviceUser> users;

    public DeviceInUseException(
            final String name, final Path device, final List<DeviceUser> users) {
        super(
                "'"
                        + name
                        + "' stays attached: "
                        + device
                        + " is in use by "
                        + users.stream().map(Object::toString).collect(Collectors.joining("; "))
                        + ". Unmount or end them, then detach again");
        this.users = List.copyOf(users);
    }

    /// At least one.
    public List<DeviceUser> users() {
        return users;
    }
}
