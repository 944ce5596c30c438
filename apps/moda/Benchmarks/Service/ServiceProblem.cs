using System.Text.Json;

namespace Moda.Cli.Benchmarks.Service;

/// <summary>Problems of the service in words: those of REST (RFC 9457) and those of sockets have the same members.</summary>
internal static class ServiceProblem
{
    /// <summary>The code and the detail of a problem.</summary>
    /// <param name="json">What the service sent.</param>
    /// <returns>As "no_face: ..."; null where it is no problem.</returns>
    public static string? Describe(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("code", out JsonElement code) && document.RootElement.TryGetProperty("detail", out JsonElement detail)
                ? $"{code}: {detail}"
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
