/// The program: what the operator wants (`Options`), what is remembered (`State`), what is served (`Routes`, the whole
/// HTTP surface), where (`Server`, `Listeners`), and how it starts and ends (`Main`).
package tsidp;
