"""What the tests share: a running application on real servers, tenants, and pilots that do as they are told."""
