module chainfaas/sandbox-init

go 1.26
