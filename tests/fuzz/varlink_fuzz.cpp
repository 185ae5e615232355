#include "engine/varlink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Whatever comes in, cut in two anywhere, gives the same frames; a call that is read is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sshguardd::engine::varlink;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  Frames one{64};
  Frames two{64};
  const bool whole = one.append(bytes);
  const bool parts = two.append(bytes.substr(0, cut)) && two.append(bytes.substr(cut));
  if (whole != parts) std::abort();
  while (const auto frame = one.next()) {
    const auto call = parse_call(*frame);
    if (call && (call->method.empty() || call->interface.empty())) std::abort();
    if (call && too_deep(call->parameters)) std::abort();
    if (call && !parse_call(*frame)) std::abort();
  }
  for (const auto& text : {bytes, bytes.substr(cut)}) {
    (void)parse_call(text);
    (void)parse_answer(text);
  }
  return 0;
}
