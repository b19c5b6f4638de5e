package dev.hast.daemon;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/// Signals other than the ones that end the process. The JDK has them in `sun.misc.Signal` only,
/// which javac warns of whenever it is named.
final class Signals {

    private Signals() {}

    /// Runs `action`, on a thread of its own, whenever the process gets the signal.
    static void on(String name, Runnable action) {
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final Object listener =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (proxy, method, arguments) -> {
                                if (method.getName().equals("handle")) {
                                    action.run();
                                }
                                return null;
                            });
            final Method handle = signal.getMethod("handle", signal, handler);
            handle.invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signal " + name + " cannot be handled", e);
        }
    }
}
