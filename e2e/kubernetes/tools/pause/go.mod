module dev.hast/e2e/kubernetes/tools/pause

go 1.26
