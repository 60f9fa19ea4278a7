"""Is a new potential fit for transport: does its crystal hold, is its density right, does D follow a law?"""
