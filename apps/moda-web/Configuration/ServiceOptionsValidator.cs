using Microsoft.Extensions.Options;
using Moda.Runtime.Imaging;

namespace Moda.Web.Configuration;

/// <summary>Says everything that is wrong with the options at once.</summary>
internal sealed class ServiceOptionsValidator : IValidateOptions<ServiceOptions>
{
    private const int ShortestKey = 16;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ServiceOptions options)
    {
        var problems = new ValidateOptionsResultBuilder();
        Require(!string.IsNullOrWhiteSpace(options.DataFolder), nameof(options.DataFolder), "it is empty. Name a folder that the service may write to");
        Require(options.LargestPortraitBytes is > 0 and <= ImageFile.LargestFileLength, nameof(options.LargestPortraitBytes), $"{options.LargestPortraitBytes} is not 1 to {ImageFile.LargestFileLength}");
        Require(options.LargestVoiceBytes > 0, nameof(options.LargestVoiceBytes), $"{options.LargestVoiceBytes} is less than 1");
        Require(options.SmallestImageSide >= ImageFile.SmallestSide, nameof(options.SmallestImageSide), $"{options.SmallestImageSide} is less than {ImageFile.SmallestSide}");
        Require(options.LargestImageSide >= options.SmallestImageSide && options.LargestImageSide <= 8192, nameof(options.LargestImageSide), $"{options.LargestImageSide} is not {nameof(options.SmallestImageSide)} to 8192");
        Require(options.ShortestVoiceSeconds >= 0.04, nameof(options.ShortestVoiceSeconds), $"{options.ShortestVoiceSeconds} is less than a frame, 0.04");
        Require(options.LongestVoiceSeconds >= options.ShortestVoiceSeconds, nameof(options.LongestVoiceSeconds), $"{options.LongestVoiceSeconds} is less than {nameof(options.ShortestVoiceSeconds)}");
        Require(options.LargestVideoBytes > 0, nameof(options.LargestVideoBytes), $"{options.LargestVideoBytes} is less than 1");
        Require(options.LargestVideoSide is >= 64 and <= 8192, nameof(options.LargestVideoSide), $"{options.LargestVideoSide} is not 64 to 8192");
        Require(options.LongestVideoSeconds > 0, nameof(options.LongestVideoSeconds), $"{options.LongestVideoSeconds} is not above 0");
        Require(options.HighestFrameRate is > 0 and <= 1000, nameof(options.HighestFrameRate), $"{options.HighestFrameRate} is not above 0 to 1000");
        Require(options.DecodingSeconds > 0, nameof(options.DecodingSeconds), $"{options.DecodingSeconds} is not above 0");
        Require(options.MaxQueued >= 1, nameof(options.MaxQueued), $"{options.MaxQueued} is less than 1: no video would ever be made");
        Require(options.UploadsPerMinute >= 1, nameof(options.UploadsPerMinute), $"{options.UploadsPerMinute} is less than 1");
        Require(options.MaxSockets >= 0, nameof(options.MaxSockets), $"{options.MaxSockets} is negative");
        Require(options.KeepPortraitMinutes > 0, nameof(options.KeepPortraitMinutes), $"{options.KeepPortraitMinutes} is not above 0");
        Require(options.KeepHours is not <= 0, nameof(options.KeepHours), $"{options.KeepHours} is not above 0. Leave it out to keep videos for ever");
        Require(options.KeepBytes is not < 0, nameof(options.KeepBytes), $"{options.KeepBytes} is negative. Leave it out for no limit");
        Require(options.DrainSeconds is >= 0 and <= 3600, nameof(options.DrainSeconds), $"{options.DrainSeconds} is not 0 to 3600");
        foreach ((string owner, string key) in options.ApiKeys)
        {
            Require(key.Length >= ShortestKey && !key.Any(char.IsWhiteSpace), $"{nameof(options.ApiKeys)}:{owner}", $"a key has {ShortestKey} characters or more and no spaces");
        }

        Require(options.ApiKeys.Values.Distinct(StringComparer.Ordinal).Count() == options.ApiKeys.Count, nameof(options.ApiKeys), "two names have the same key");
        return problems.Build();

        void Require(bool holds, string option, string problem)
        {
            if (!holds)
            {
                problems.AddError($"{ServiceOptions.SectionName}:{option}: {problem}.");
            }
        }
    }
}
