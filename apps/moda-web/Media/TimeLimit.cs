using Microsoft.Extensions.Options;
using Moda.Web.Configuration;
using Moda.Web.Failures;

namespace Moda.Web.Media;

/// <summary>The time that reading one upload may take.</summary>
internal static class TimeLimit
{
    /// <summary>Reads a file within the limit.</summary>
    /// <param name="options">The limit.</param>
    /// <param name="name">The file's name in the form.</param>
    /// <param name="read">Reads it; its token ends when the time is over.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ApiException">It takes longer.</exception>
    public static async Task<T> RunAsync<T>(IOptions<ServiceOptions> options, string name, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(TimeSpan.FromSeconds(options.Value.DecodingSeconds));
        try
        {
            return await read(limited.Token).WaitAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Unusable($"invalid_{name}", $"Reading '{name}' takes longer than {options.Value.DecodingSeconds} s.");
        }
    }
}
