"""The worker process: sequences events, lets readers hear them, runs jobs and sweeps."""
