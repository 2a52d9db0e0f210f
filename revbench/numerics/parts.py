"""What compiled code and the threads that run parts of its loops know of each other."""

MOST = 64                                                   # parts of a loop: copies of sums take memory, and more threads are rare
SIZE = 4                                                    # of a status, and of the values that a broken law reports
BROKEN, STOPPED = 0, 1                                      # where a status says so
ADDRESS = 3                                                 # where it holds what runs parts on threads; 0 in a part, and where there is one thread
MEMORY = -1                                                 # what stands in BROKEN where there was no memory
