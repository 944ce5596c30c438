using Moda.Weights;

namespace Moda.Web.Security;

/// <summary>The service would listen beyond this machine without API keys.</summary>
/// <param name="addresses">Where it would listen.</param>
internal sealed class OpenServiceException(IEnumerable<string> addresses) : ModaException(
    $"The service listens on {string.Join(" and ", addresses)}, beyond this machine, and demands no API key. Set one, --Service:ApiKeys:NAME=KEY or "
        + "Service__ApiKeys__NAME in the environment, or listen on http://127.0.0.1:7860 alone (--urls).");
