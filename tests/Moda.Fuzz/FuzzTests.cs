using System.Globalization;
using Moda.Fuzz.Targets;
using Xunit;

namespace Moda.Fuzz;

/// <summary>
/// Damaged files for each reader, from fixed numbers: the reader takes them or refuses them as documented, within bounded time and memory.
/// MODA_FUZZ_CASES asks for another number of files, MODA_FUZZ_FIRST for others than those from 0 on.
/// </summary>
/// <remarks>A new reader is an <see cref="IFuzzTarget"/> and a class below.</remarks>
public abstract class FuzzTests
{
    private const int UsualCases = 2000;

    private protected static void Try(IFuzzTarget target) => Try(target, FuzzLimits.Default);

    private protected static void Try(IFuzzTarget target, FuzzLimits limits)
    {
        int first = Setting("MODA_FUZZ_FIRST") ?? 0;
        int count = Setting("MODA_FUZZ_CASES") ?? UsualCases;

        FuzzReport report = FuzzRun.Try(target, first, count, limits);

        TestContext.Current.TestOutputHelper?.WriteLine($"{target.Name} {first} to {first + count - 1}: {report.Taken} taken, {report.Refused} refused");
        Assert.True(report.Problems.Count == 0, string.Join('\n', report.Problems));

        // Damage that all readers refuse at once, or none notices, tries nothing.
        if (count >= UsualCases)
        {
            Assert.InRange(report.Taken, count / 100, count * 9 / 10);
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>Checkpoints of PyTorch.</summary>
public sealed class TorchFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_checkpoints_are_taken_or_refused() => Try(new TorchTarget());
}

/// <summary>Safetensors files.</summary>
public sealed class SafetensorsFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_safetensors_files_are_taken_or_refused() => Try(new SafetensorsTarget());
}

/// <summary>Descriptions of weights.</summary>
public sealed class WeightSetFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_descriptions_of_weights_are_taken_or_refused() => Try(new WeightSetTarget());
}

/// <summary>Configurations of published audio encoders.</summary>
public sealed class AudioSettingsFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_configurations_of_encoders_are_taken_or_refused() => Try(new AudioSettingsTarget());
}

/// <summary>Case files.</summary>
public sealed class CaseFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_cases_are_taken_or_refused() => Try(new CaseTarget());
}

/// <summary>Configurations of the reference.</summary>
public sealed class YamlFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_configurations_are_taken_or_refused() => Try(new YamlTarget());
}

/// <summary>Voices as WAV files.</summary>
public sealed class WavFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_wav_files_are_taken_or_refused() => Try(new WavTarget());
}

/// <summary>Pictures.</summary>
public sealed class ImageFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_pictures_are_taken_or_refused() => Try(new ImageTarget(), FuzzLimits.Picture);
}

/// <summary>Landmarks, and lists of faces.</summary>
public sealed class LandmarkFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_landmarks_are_taken_or_refused() => Try(new LandmarkTarget());
}

/// <summary>Files of motion.</summary>
public sealed class MotionFuzzTests : FuzzTests
{
    [Fact]
    public void Damaged_files_of_motion_are_taken_or_refused() => Try(new MotionTarget());
}
