/// The program: what the operator wants (`Options`), what is stored (`State`), what is served (`Routes`, the whole HTTP
/// surface), where (`Server`, `Listeners`), and how it starts and stops (`Main`).
package tsidp;
