using Moda.Weights;

namespace Moda.Web.Uploads;

/// <summary>What a client has sent cannot be used.</summary>
/// <param name="code">For programs: "invalid_portrait", "invalid_voice", ....</param>
/// <param name="message">For people.</param>
internal sealed class UnusableUploadException(string code, string message) : ModaException(message)
{
    /// <summary>For programs: "invalid_portrait", "invalid_voice", ....</summary>
    public string Code => code;
}
