/// What pages for people share, and the consent page.
package tsidp.page;
