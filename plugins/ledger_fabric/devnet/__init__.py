"""A network of Fabric on this machine, without containers: `maasctl devnet up fabric`.

settings.py   the options
plan.py       who takes part, on which ports, in which files
tools.py      Fabric's own commands and the chaincode's service: built once, or found
files.py      what the processes read: crypto, core.yaml, orderer.yaml, configtx.yaml, the chaincode's package
lifecycle.py  join the channel, install, approve and commit the chaincode
network.py    up, status, down
"""
