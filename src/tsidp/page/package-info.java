/// The parts that pages share, and the consent page.
package tsidp.page;
