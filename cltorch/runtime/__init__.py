"""OpenCL: platforms, devices, memory, programs and launches."""
