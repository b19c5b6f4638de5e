package dev.hast.daemon.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What other programs do to interfaces and addresses.
final class NetworkWatchIT implements NetworkListener {
    private final LinkedBlockingQueue<InterfaceState> changed = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<InterfaceState> removed = new LinkedBlockingQueue<>();
    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final CompletableFuture<Long> putBack = new CompletableFuture<>();
    private Segment segment;
    private SocketPoller poller;
    private Interfaces interfaces;
    private HeldAddresses held;
    private NetworkWatch watch;

    @BeforeEach
    void aHostThatIsWatched() throws Exception {
        segment = Segment.create(2);
        poller = SocketPoller.start();
        interfaces = segment.in(1, Interfaces::open);
        held = new HeldAddresses(interfaces);
        watch = segment.in(1, () -> NetworkWatch.start(poller, loop, this));
    }

    @AfterEach
    void away() throws Exception {
        watch.close();
        poller.close();
        loop.shutdown();
        assertThat(loop.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        interfaces.close();
        segment.close();
    }

    @Override
    public void interfaceChanged(final InterfaceState state) {
        changed.add(state);
    }

    @Override
    public void interfaceRemoved(final InterfaceState last) {
        removed.add(last);
    }

    @Override
    public void addressAdded(final InterfaceAddress address) {}

    @Override
    public void addressRemoved(final InterfaceAddress address) {
        if (held.putBack(address, System.nanoTime())) {
            putBack.complete(System.nanoTime());
        }
    }

    @Override
    public void newsLost() {}

    @Test
    void anAddressThatAnotherProgramRemovesIsBackAtOnce() throws Exception {
        final ServiceAddress service =
                new ServiceAddress(
                        interfaces.named("eth0").orElseThrow().index(),
                        "eth0",
                        InetAddress.getByName("10.83.0.100"));
        loop.submit(
                        () -> {
                            held.hold(service, System.nanoTime());
                            return true;
                        })
                .get();
        segment.on(1, "ip", "addr", "del", "10.83.0.100/32", "dev", "eth0");
        final long after = System.nanoTime();
        final long back = putBack.get(30, TimeUnit.SECONDS);
        // The command itself ends after the kernel has told, so this may be negative.
        assertThat(Duration.ofNanos(back - after)).isLessThan(Duration.ofSeconds(1));
        assertThat(segment.reaches(2, "10.83.0.100")).isTrue();
    }

    @Test
    void carrierAndAdministratorAreTold() throws Exception {
        segment.on(1, "ip", "link", "set", "eth0", "down");
        await(state -> state.name().equals("eth0") && !state.up());
        segment.on(1, "ip", "link", "set", "eth0", "up");
        await(InterfaceState::usable);
        Segment.run("ip", "-n", segment.bridge(), "link", "set", "p1", "down");
        await(state -> state.name().equals("eth0") && state.up() && !state.carrier());
    }

    @Test
    void anInterfaceThatGoesIsTold() throws Exception {
        Segment.run("ip", "-n", segment.bridge(), "link", "del", "p1");
        Await.until(
                "eth0 gone", () -> removed.stream().anyMatch(state -> state.name().equals("eth0")));
    }

    private void await(final Predicate<InterfaceState> wanted) {
        Await.until("a change of eth0", () -> changed.stream().anyMatch(wanted), () -> changed);
        changed.clear();
    }
}
