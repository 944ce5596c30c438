using Moda.Weights;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>The service cannot be reached, refuses something, or ends what it has begun. The message says which request or socket it was.</summary>
internal sealed class ServiceException(string message, Exception? inner = null) : ModaException(message, inner);
