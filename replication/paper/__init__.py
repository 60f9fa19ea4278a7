"""The paper's claims (claims.toml), our numbers for them, and the pages that compare the two."""
