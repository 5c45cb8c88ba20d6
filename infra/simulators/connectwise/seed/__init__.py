"""The invented MSP desk the simulator starts with."""
