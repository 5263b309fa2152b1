"""Parts for hosts built with a web framework. Each needs its extra, and imports only public names of the library."""
