"""Looking into files: what they are, and smaller forms of pictures. Everything in them is somebody else's."""
