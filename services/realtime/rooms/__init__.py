"""Groups and their listeners: nothing that is published in a group is missed or delivered twice."""
