# shellcheck shell=bash
# Sourced by e2e/cluster: one authority for the cluster, a certificate for each that speaks to the API server, and the
# files that kubectl and the components read them from.
# shellcheck disable=SC2154

make_authority() {
  mkdir -m 700 "$base/pki"
  must openssl ecparam -name prime256v1 -genkey -noout -out "$base/pki/ca.key"
  must openssl req -x509 -new -key "$base/pki/ca.key" -subj "/CN=hast-cluster-$cluster" -days 30 -out "$base/pki/ca.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
  must openssl ecparam -name prime256v1 -genkey -noout -out "$base/pki/service-accounts.key"
  must openssl ec -in "$base/pki/service-accounts.key" -pubout -out "$base/pki/service-accounts.pub"
}

# make_certificate NAME SUBJECT [ALTERNATIVE-NAMES]: the groups of a client are the O of its subject.
make_certificate() {
  local file=$base/pki/$1
  must openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "$2" \
    -keyout "$file.key" -out "$file.csr"
  {
    echo "keyUsage=critical,digitalSignature"
    echo "extendedKeyUsage=clientAuth,serverAuth"
    [ -z "${3-}" ] || echo "subjectAltName=$3"
  } >"$file.ext"
  must openssl x509 -req -in "$file.csr" -CA "$base/pki/ca.crt" -CAkey "$base/pki/ca.key" -CAcreateserial -days 30 \
    -extfile "$file.ext" -out "$file.crt"
  rm "$file.csr" "$file.ext"
}

make_certificates() {
  local node api=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  make_authority
  make_certificate kube-apiserver /CN=kube-apiserver \
    "$api,DNS:localhost,IP:127.0.0.1,IP:$(address control),IP:$api_service"
  make_certificate admin /O=system:masters/CN=admin
  make_certificate kube-controller-manager /CN=system:kube-controller-manager
  make_certificate kube-scheduler /CN=system:kube-scheduler
  make_certificate kube-proxy /CN=system:kube-proxy
  for node in "${workers[@]}"; do
    make_certificate "$node" "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$(address "$node")"
  done
}

# kubeconfig_of NAME: with the certificate in it, so that the file can be used from anywhere.
kubeconfig_of() {
  cat <<TEXT
apiVersion: v1
kind: Config
current-context: $cluster
contexts: [{name: $cluster, context: {cluster: $cluster, user: $1}}]
clusters:
  - name: $cluster
    cluster: {server: "https://$(address control):6443", certificate-authority-data: $(base64 -w 0 "$base/pki/ca.crt")}
users:
  - name: $1
    user:
      client-certificate-data: $(base64 -w 0 "$base/pki/$1.crt")
      client-key-data: $(base64 -w 0 "$base/pki/$1.key")
TEXT
}

# Once with the certificate of each component, in the directory of the machine that it runs on.
make_kubeconfigs() (
  umask 077
  kubeconfig_of admin >"$kubeconfig"
  for name in kube-controller-manager kube-scheduler; do kubeconfig_of $name >"$base/control/$name.kubeconfig"; done
  for node in "${workers[@]}"; do
    kubeconfig_of "$node" >"$base/$node/kubelet.kubeconfig"
    kubeconfig_of kube-proxy >"$base/$node/kube-proxy.kubeconfig"
  done
)
