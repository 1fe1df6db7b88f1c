"""The running service keeps trust over time: changes that two people make, lists fetched again, alarms."""
