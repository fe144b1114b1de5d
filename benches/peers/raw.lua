-- Posts claims and deletes each 64 requests later: the requests of a load generator and nothing else.
local base, lag, count = "asb-raw-" .. os.time() .. "-", 64, 0
local form = '{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","kind":"SandboxClaim","metadata":{"name":"%s",' ..
  '"labels":{"agent-sandbox-bench/run-id":"raw","app.kubernetes.io/managed-by":"agent-sandbox-bench"}},' ..
  '"spec":{"warmPoolRef":{"name":"agent-sandbox"}}}'
local headers = { ["Content-Type"] = "application/json" }
local path

init = function() path = wrk.path end

request = function()
  count = count + 1
  if count % 2 == 0 and count > 2 * lag then
    return wrk.format("DELETE", path .. "/" .. base .. (count / 2 - lag))
  end
  local at = count % 2 == 1 and (count + 1) / 2 or nil
  if not at then return wrk.format("GET", "/version") end
  return wrk.format("POST", path, headers, form:format(base .. at))
end
