/// Persistent state, and maps whose entries expire.
///
/// ```
/// StateDirectory   one process at a time (lock); whole files: temporary file, fsync, rename, fsync of the directory
///    └ Ledger      appended records, each with its checksum; rewritten when most of it is obsolete
/// ExpiringMap      bounded by number and weight; entries expire
/// Budget           the heap that collections share
/// ```
///
/// A file that we can't read stops start-up with a message (`StoreException`) and is left as it is. Depends only on
/// JSON, and knows nothing about what is stored.
package tsidp.store;
