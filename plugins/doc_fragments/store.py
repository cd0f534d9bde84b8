# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option store, with the options of each kind of store."""

from __future__ import annotations


class ModuleDocFragment:
    """What is documented once for all modules that can read and write a store."""

    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where the credentials are kept. Give exactly one kind of store, with its own options.
      - One option of each kind says where an entry is. It is called C(path) or C(name). In it, V({key}) is replaced by
        the key of the token.
      - The store is used from where the module runs. With a local connection, this is the controller.
      - If a store needs a Python library that is missing, the message says how to install it.
    type: dict
    suboptions:
      file:
        description:
          - One file for each token.
          - The file is replaced as a whole, so a reader finds either the old credentials or the new ones. Only its
            owner can read a new file. An existing file keeps its owner, group and mode, without any permissions for
            others.
        type: dict
        suboptions:
          path:
            description:
              - The file, for example V(/etc/isc/{key}.env). Begin it with V(/) or V(~).
              - Missing folders are made, for their owner only.
              - A symbolic link is followed if it belongs to root or to the user who runs the module. Any other is
                refused.
            type: path
            required: true
          format:
            description:
              - The format of the file. By default, the file extension decides, which is V(.json), V(.yaml), V(.yml) or
                V(.env).
              - V(json) and V(yaml) files hold C(base_url), C(client_id) and C(client_secret).
              - V(env) files hold E(SAIL_BASE_URL), E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET).
              - V(yaml) needs the Python library PyYAML.
            type: str
            choices: [json, yaml, env]
      vault_file:
        description:
          - One YAML file for each token, encrypted with ansible-vault. Start Ansible with a vault password.
          - It works only in the controller's own process. This means a local connection without C(become).
        type: dict
        suboptions:
          path:
            description:
              - The file, for example V(/srv/isc/{key}.yml). The same rules apply as for O(store.file.path).
            type: path
            required: true
          vault_id:
            description:
              - The vault id whose password encrypts the file.
              - By default, a file that is replaced keeps its own. A new one gets the vault id that
                E(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names, or else the first one that Ansible was started with.
              - To read the file, every vault password is tried, as usual in Ansible.
            type: str
      hashi_vault:
        description:
          - Entries of a KV engine of version 2, in HashiCorp Vault or OpenBao. Needs the Python library hvac.
          - The policy has to grant C(create), C(read) and C(update) on the path of the entry below C(data/). To remove
            an entry, it also needs C(delete) on the path below C(metadata/).
        type: dict
        suboptions:
          path:
            description: The path of the entry in the engine, without C(data/). For example, V(isc/{key}).
            type: str
            required: true
          engine_mount_point:
            description: Where the KV engine is mounted.
            type: str
            default: secret
          url:
            description:
              - The address of the server, for example V(https://vault.example.com:8200). The default is E(VAULT_ADDR),
                or else V(http://localhost:8200).
              - Redirects are not followed, because the token would go along. Name the active server or a load balancer.
            type: str
          namespace:
            description: The namespace of the engine and of the login. The default is E(VAULT_NAMESPACE).
            type: str
          ca_path:
            description:
              - A file or a folder with the certificates of the authorities to trust. The default is E(VAULT_CACERT) or
                E(VAULT_CAPATH).
              - The certificate is always checked. E(VAULT_SKIP_VERIFY) has no effect.
            type: path
          auth_method:
            description:
              - How to log in.
              - V(token) uses a token that exists already.
              - V(approle) needs O(store.hashi_vault.role_id).
              - V(jwt) needs O(store.hashi_vault.role) and O(store.hashi_vault.jwt).
              - V(kubernetes) needs O(store.hashi_vault.role).
            type: str
            choices: [token, approle, jwt, kubernetes]
            default: token
          auth_mount_point:
            description: Where the login method is mounted, without C(auth/). The default is the name of the method.
            type: str
          token:
            description:
              - The token for O(store.hashi_vault.auth_method=token). The default is E(VAULT_TOKEN), or else the content
                of the file C(~/.vault-token).
            type: str
          role_id:
            description: The id of the role for O(store.hashi_vault.auth_method=approle).
            type: str
          secret_id:
            description: The secret id for O(store.hashi_vault.auth_method=approle), unless the role needs none.
            type: str
          role:
            description:
              - The role for O(store.hashi_vault.auth_method=jwt) and O(store.hashi_vault.auth_method=kubernetes).
            type: str
          jwt:
            description:
              - The JSON Web Token for O(store.hashi_vault.auth_method=jwt).
              - For O(store.hashi_vault.auth_method=kubernetes), it takes the place of the one in
                O(store.hashi_vault.jwt_path).
            type: str
          jwt_path:
            description:
              - The file with the token of the pod's service account, for O(store.hashi_vault.auth_method=kubernetes).
            type: path
            default: /var/run/secrets/kubernetes.io/serviceaccount/token
      aws_secretsmanager:
        description:
          - Secrets in AWS Secrets Manager. Needs the Python library boto3.
          - A secret is a JSON object with C(base_url), C(client_id) and C(client_secret). Its resource policy, tags,
            replicas and key stay as they are.
          - The credentials for AWS come from where boto3 finds them. This can be the environment, a profile, or the
            role of the machine.
        type: dict
        suboptions:
          name:
            description:
              - The name of the secret, for example V(isc/{key}). It may have letters, digits and C(/_+=.@-), at most
                512 of them. No part between slashes may be empty, V(.) or V(..).
            type: str
            required: true
          region:
            description: The region of the secret. The default is E(AWS_DEFAULT_REGION), or else that of the profile.
            type: str
          profile:
            description: The profile in the configuration of AWS. The default is E(AWS_PROFILE).
            type: str
          endpoint_url:
            description: The address of the service, for example of a VPC endpoint. The default is that of the region.
            type: str
          kms_key_id:
            description:
              - The id, ARN or alias of the KMS key that encrypts a new secret. The default is C(aws/secretsmanager).
              - The key of an existing secret stays as it is.
            type: str
          tags:
            description: The tags of a new secret. The tags of an existing secret stay as they are.
            type: dict
          recovery_window:
            description:
              - For how many days a deleted secret can be restored, from V(7) to V(30). V(0) deletes it for good.
            type: int
            default: 30
      azure_key_vault:
        description:
          - Secrets in Azure Key Vault. Needs the Python libraries azure-keyvault-secrets and azure-identity.
          - A secret is a JSON object with C(base_url), C(client_id) and C(client_secret).
          - The identity for Azure is the one that C(DefaultAzureCredential) finds. It can come from the environment,
            the machine, or C(az login).
        type: dict
        suboptions:
          vault_url:
            description: The address of the vault, for example V(https://integrations.vault.azure.net).
            type: str
            required: true
          name:
            description:
              - The name of the secret, for example V(isc-{key}). It may have letters, digits and dashes, at most 127 of
                them. If the key of a token has other characters, give the token another key.
            type: str
            required: true
      kubernetes:
        description:
          - Secrets in a namespace of a Kubernetes cluster. Needs the Python library kubernetes.
          - A Secret has the type C(Opaque) and the keys C(base_url), C(client_id) and C(client_secret). Its other keys,
            labels and annotations stay as they are.
        type: dict
        suboptions:
          name:
            description:
              - The name of the Secret, for example V(isc-{key}). It may have lower-case letters, digits, dashes and
                dots.
            type: str
            required: true
          namespace:
            description: The namespace of the Secret. It has to exist.
            type: str
            required: true
          kubeconfig:
            description:
              - The kubeconfig file. The default is E(KUBECONFIG), or else C(~/.kube/config).
              - If there is none of these and no O(store.kubernetes.context), the service account of the pod is used.
            type: path
          context:
            description: The context in the kubeconfig. The default is the current one.
            type: str
      command:
        description:
          - A program of your own, in any language. It is called with V(get), V(store) or V(erase) and the name of the
            entry, and exchanges JSON.
            L(Stores,https://github.com/sailpoint-community/ansible-isc/blob/main/docs/stores.md#command) has its
            contract.
          - It cannot compare and set. Let no other program write the same entry.
        type: dict
        suboptions:
          argv:
            description:
              - The program and its first arguments. The program is an absolute path, or a name in E(PATH). No shell is
                used.
              - Put no secret in it, because everybody on the machine can see command lines.
            type: list
            elements: str
            required: true
          name:
            description:
              - The name of the entry. It may not start with a dash or contain control characters. No part between
                slashes may be empty, V(.) or V(..).
            type: str
            default: "{key}"
          timeout:
            description:
              - For how many seconds the program may run, from V(1) to V(600). Then it is killed, with everything that
                it has started.
            type: int
            default: 30
"""
