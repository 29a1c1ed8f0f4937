package tsidp.store;

/// For a change that was made and may not be durable yet.
public interface Receipt {

    /// For a change that is durable.
    Receipt DURABLE = () -> { };

    /// Waits until the change, and all before it, are durable.
    ///
    /// @throws StoreException if it could not be stored: then it was undone
    void await();
}
