module chainfaas/sandbox-attacks

go 1.26
