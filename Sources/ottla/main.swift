print("ottla")
