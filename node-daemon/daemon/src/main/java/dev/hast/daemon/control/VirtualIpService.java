package dev.hast.daemon.control;

import dev.hast.control.v1.GetVirtualIpsRequest;
import dev.hast.control.v1.VirtualIpOrderRequest;
import dev.hast.control.v1.VirtualIpOrderRequest.Order;
import dev.hast.control.v1.VirtualIpOrderResponse;
import dev.hast.control.v1.VirtualIpsGrpc;
import dev.hast.control.v1.VirtualIpsResponse;
import dev.hast.control.v1.WatchVirtualIpsRequest;
import dev.hast.daemon.control.ControlException.Reason;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;

/// The gRPC service of service addresses: checks each request, asks the target, answers. Runs on
/// virtual threads.
final class VirtualIpService extends VirtualIpsGrpc.VirtualIpsImplBase {

    private final ControlTarget target;

    VirtualIpService(ControlTarget target) {
        this.target = target;
    }

    @Override
    public void getVirtualIps(
            GetVirtualIpsRequest request, StreamObserver<VirtualIpsResponse> caller) {
        Answers.answer(
                "GetVirtualIps",
                caller,
                () -> {
                    Requests.virtualIps(request.getNamesList());
                    return now(request.getNamesList());
                });
    }

    private VirtualIpsResponse now(List<String> names) throws ControlException {
        return VirtualIpsResponse.newBuilder()
                .setNode(target.describe().getNode())
                .addAllVirtualIps(target.virtualIps().status(names))
                .build();
    }

    @Override
    public void watchVirtualIps(
            WatchVirtualIpsRequest request, StreamObserver<VirtualIpsResponse> caller) {
        new Watch<>("WatchVirtualIps", caller).run(new Changes(request));
    }

    /// What one watcher gets: everything at each change.
    private final class Changes implements Watch.Source<VirtualIpsResponse> {
        private final List<String> names;
        private final WatchPace pace;
        private VirtualIpsResponse sent = VirtualIpsResponse.getDefaultInstance();

        Changes(WatchVirtualIpsRequest request) {
            names = request.getNamesList();
            pace = new WatchPace(target.changes(), request.getIntervalMs());
        }

        @Override
        public List<VirtualIpsResponse> next(Duration patience)
                throws ControlException, InterruptedException {
            Requests.virtualIps(names);
            pace.await();
            final var response = now(names);
            final var compared = steady(response);
            if (compared.equals(sent)) {
                return List.of();
            }
            sent = compared;
            pace.sent();
            return List.of(response);
        }
    }

    /// A response without what each advert changes.
    private static VirtualIpsResponse steady(VirtualIpsResponse response) {
        var steady = response.toBuilder();
        for (var status : steady.getVirtualIpsBuilderList()) {
            status.clearAdvertsSent().clearAdvertsReceived().clearRefused();
            status.getPeersBuilderList().forEach(peer -> peer.clearHeardMs());
        }
        return steady.build();
    }

    @Override
    public void orderVirtualIp(
            VirtualIpOrderRequest request, StreamObserver<VirtualIpOrderResponse> caller) {
        Answers.answer(
                "OrderVirtualIp",
                caller,
                () -> {
                    Requests.virtualIps(List.of(request.getName()));
                    if (request.getOrder() == Order.ORDER_UNSPECIFIED
                            || request.getOrder() == Order.UNRECOGNIZED) {
                        throw new ControlException(
                                Reason.INVALID,
                                "no order is given; give promote, demote, hold or release");
                    }
                    return VirtualIpOrderResponse.newBuilder()
                            .setMessage(
                                    target.virtualIps()
                                            .order(request.getName(), request.getOrder()))
                            .build();
                });
    }
}
