package tsidp.store;

/// Where everything that lasts is kept. Nothing above this package knows where that is: `LocalStore` keeps it in memory
/// and in the files of one directory; another implementation may share it among several servers.
public interface Store {

    /// The entries of a kind, with those that were kept earlier. Each kind is opened once.
    ///
    /// @throws StoreException if they can't be read
    <V> Entries<V> open(Kind<V> kind);
}
