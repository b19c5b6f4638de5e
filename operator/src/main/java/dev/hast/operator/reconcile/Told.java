package dev.hast.operator.reconcile;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;

/// Tells somebody that something of a kind has changed, whatever it is.
record Told<T>(Runnable changed) implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {
        changed.run();
    }

    @Override
    public void onUpdate(T before, T now) {
        changed.run();
    }

    @Override
    public void onDelete(T object, boolean unseen) {
        changed.run();
    }
}
