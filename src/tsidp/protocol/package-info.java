/// The parts of the protocol that every layer above uses: request parameters, scopes, errors, secrets, the issuer.
package tsidp.protocol;
