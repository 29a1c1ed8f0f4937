/// Who sends a request, and what the tailnet policy allows them: a `Person` comes from whois, `Capabilities` from the
/// rules for them. `Administrator` and `Registrar` are persons whom a rule allows it: proofs, as types.
package tsidp.person;
