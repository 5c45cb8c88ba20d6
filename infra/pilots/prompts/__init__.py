"""What the models are told: one module for each kind of call, the same for every provider.

Every example of output uses <angle bracket> placeholders: whatever stands literally in an example comes back in
tickets it has nothing to do with. A test walks every text of this package.
"""
