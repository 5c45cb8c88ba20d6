from tests.stack.stand_ins.web_server import serve

serve("RESOLUTIONFLOW_SIMULATOR_PORT")
