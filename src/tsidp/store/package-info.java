/// Persistent state, behind one interface.
///
/// ```
/// Store ── opens ──▶ Entries<V> of a Kind<V>: get, list, watch, commit(Change…) ──▶ Receipt
///   └ LocalStore
///       ├ FileEntries ─▶ StateFile     clients, registrations, consents, keys: one file each, written anew
///       └ HeapEntries ─▶ ExpiringMap   codes, form keys: memory, bounded by number and weight
///              └──────▶ Ledger         sign-ins: also appended records, each with its checksum
/// StateDirectory   one process at a time (lock); temporary file, fsync, rename, fsync of the directory
/// Budget           the heap that collections share
/// ```
///
/// What the rest of the program does with its state is in `Entries`: an entry changes only as long as it is the one
/// that was read, so nobody above needs a lock. A file that we can't read stops start-up with a message
/// (`StoreException`) and is left as it is. Depends only on JSON. Only `StateFile` and `LocalStore` name what is
/// stored.
package tsidp.store;
