using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Moda.Weights;

namespace Moda.Runtime.Motion;

/// <summary>
/// The motion of a face, frame by frame: what a video, a picture or a voice says about head and expression, apart from whose face it is.
/// It drives any portrait, is kept in files and can be edited between. Immutable, so any number of threads may use it at once.
/// </summary>
/// <remarks>docs/motion.md describes the values and the files. LivePortrait calls it a motion template.</remarks>
public sealed class MotionTemplate
{
    /// <summary>The most frames that a template may have: 46 hours at 25 frames a second.</summary>
    public const int MostFrames = 1 << 22;

    private const double MostFramesPerSecond = 1000;

    /// <summary>Takes the values, without a copy.</summary>
    /// <param name="framesPerSecond">Above 0, at most 1000.</param>
    /// <param name="scales">[frames]: the head's size; about 1.3 after the usual crop.</param>
    /// <param name="rotations">[frames, 3, 3]: how the head is turned; it turns row vectors, <c>x' = x R</c>.</param>
    /// <param name="expressions">[frames, 21, 3]: what the expression moves each keypoint by.</param>
    /// <param name="translations">[frames, 3]: the head's place in the crop, which reaches from -1 to 1; z is never used.</param>
    /// <exception cref="ArgumentException">There is no frame, lengths differ, or a value is no number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frame rate is out of range.</exception>
    public MotionTemplate(
        double framesPerSecond,
        ReadOnlyMemory<float> scales,
        ReadOnlyMemory<float> rotations,
        ReadOnlyMemory<float> expressions,
        ReadOnlyMemory<float> translations)
    {
        if (!(framesPerSecond is > 0 and <= MostFramesPerSecond))
        {
            throw new ArgumentOutOfRangeException(
                nameof(framesPerSecond), framesPerSecond, $"Motion has more than 0 and at most {MostFramesPerSecond} frames a second.");
        }

        Frames = scales.Length is > 0 and <= MostFrames
            ? scales.Length
            : throw new ArgumentException($"Motion has 1 to {MostFrames} frames, not {scales.Length}.", nameof(scales));
        FramesPerSecond = framesPerSecond;
        Scales = Checked(scales, 1);
        Rotations = Checked(rotations, RotationMatrix.Length);
        Expressions = Checked(expressions, MotionLayout.KeypointLength);
        Translations = Checked(translations, 3);
    }

    /// <summary>How many frames there are; 1 for a picture.</summary>
    public int Frames { get; }

    /// <summary>Frames in a second.</summary>
    public double FramesPerSecond { get; }

    /// <summary>[frames].</summary>
    public ReadOnlyMemory<float> Scales { get; }

    /// <summary>[frames, 3, 3], row-major.</summary>
    public ReadOnlyMemory<float> Rotations { get; }

    /// <summary>[frames, 21, 3].</summary>
    public ReadOnlyMemory<float> Expressions { get; }

    /// <summary>[frames, 3].</summary>
    public ReadOnlyMemory<float> Translations { get; }

    /// <summary>[frames, 21, 3]: the face's keypoints in its own neutral frame. Empty where they are not known; they are whose face it is.</summary>
    /// <exception cref="ArgumentException">The length is another, or a value is no number.</exception>
    public ReadOnlyMemory<float> CanonicalKeypoints
    {
        get;
        init => field = CheckedOrEmpty(value, MotionLayout.KeypointLength);
    }

    /// <summary>
    /// [frames, 21, 3]: the keypoints as they stand in the crop, <c>scale (canonical R + expression) + translation</c>. Empty where they are
    /// not known.
    /// </summary>
    /// <exception cref="ArgumentException">The length is another, or a value is no number.</exception>
    public ReadOnlyMemory<float> Keypoints
    {
        get;
        init => field = CheckedOrEmpty(value, MotionLayout.KeypointLength);
    }

    /// <summary>[frames, 2]: how far the left and the right eye are open, height over width. Empty where it is not known.</summary>
    /// <exception cref="ArgumentException">The length is another, or a value is no number.</exception>
    public ReadOnlyMemory<float> EyeRatios
    {
        get;
        init => field = CheckedOrEmpty(value, 2);
    }

    /// <summary>[frames]: how far the lips are open, height over width. Empty where it is not known.</summary>
    /// <exception cref="ArgumentException">The length is another, or a value is no number.</exception>
    public ReadOnlyMemory<float> LipRatios
    {
        get;
        init => field = CheckedOrEmpty(value, 1);
    }

    /// <summary>Reads a file: LivePortrait's template (<c>.pkl</c>), or the safetensors file that <see cref="Save"/> writes.</summary>
    /// <param name="path">The file. What it is follows from its content, not from its name.</param>
    /// <exception cref="MotionFileException">It is damaged, or no file of motion. Nothing of it is ever executed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MotionTemplate Load(string path) => MotionFile.Load(path);

    /// <summary>Writes a safetensors file, which replaces one that is there already.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => MotionFile.Save(this, path);

    /// <summary>The same frames with the lips of another motion, as long as the shorter of both; a picture lasts as long as the other.</summary>
    /// <param name="voice">Whose lips; of the same frame rate.</param>
    /// <returns>Head, eyes and the rest of the expression of this motion, and its openings; the lips of the other.</returns>
    public MotionTemplate WithLipsOf(MotionTemplate voice)
    {
        ArgumentNullException.ThrowIfNull(voice);
        int frames = Frames == 1 ? voice.Frames : Math.Min(Frames, voice.Frames);
        MotionTemplate mixed = Frames == 1 ? Join([.. Enumerable.Repeat(this, frames)], FramesPerSecond) : Slice(0, frames);
        float[] expressions = mixed.Expressions.ToArray();
        for (int frame = 0; frame < frames; frame++)
        {
            foreach (int keypoint in FaceKeypoints.Lip)
            {
                voice.Expression(frame).Slice(3 * keypoint, 3).CopyTo(expressions.AsSpan(frame * MotionLayout.KeypointLength + 3 * keypoint));
            }
        }

        return new MotionTemplate(FramesPerSecond, mixed.Scales, mixed.Rotations, expressions, mixed.Translations)
        {
            CanonicalKeypoints = mixed.CanonicalKeypoints,
            EyeRatios = mixed.EyeRatios,
            LipRatios = mixed.LipRatios,
        };
    }

    /// <summary>Puts motion one behind the other. What one of them lacks, the whole lacks.</summary>
    /// <param name="pieces">At least one.</param>
    /// <param name="framesPerSecond">The frame rate of the whole.</param>
    internal static MotionTemplate Join(IReadOnlyCollection<MotionTemplate> pieces, double framesPerSecond)
    {
        return new MotionTemplate(framesPerSecond, All(piece => piece.Scales), All(piece => piece.Rotations), All(piece => piece.Expressions), All(piece => piece.Translations))
        {
            CanonicalKeypoints = All(piece => piece.CanonicalKeypoints),
            Keypoints = All(piece => piece.Keypoints),
            EyeRatios = All(piece => piece.EyeRatios),
            LipRatios = All(piece => piece.LipRatios),
        };

        float[] All(Func<MotionTemplate, ReadOnlyMemory<float>> part)
        {
            int length = pieces.Any(piece => part(piece).IsEmpty) ? 0 : pieces.Sum(piece => part(piece).Length);
            float[] joined = new float[length];
            int place = 0;
            foreach (MotionTemplate piece in length == 0 ? [] : pieces)
            {
                part(piece).CopyTo(joined.AsMemory(place));
                place += part(piece).Length;
            }

            return joined;
        }
    }

    /// <summary>The same motion with the openings of another one of the same length.</summary>
    internal MotionTemplate WithOpeningsOf(MotionTemplate other) =>
        new(FramesPerSecond, Scales, Rotations, Expressions, Translations) { EyeRatios = other.EyeRatios, LipRatios = other.LipRatios };

    /// <summary>The same motion at another frame rate. Between two frames everything moves in a straight line.</summary>
    /// <param name="framesPerSecond">Above 0, at most 1000.</param>
    /// <returns>As many frames as last as long; this very motion where the rate is its own, or where it is one picture.</returns>
    /// <exception cref="ArgumentException">These are more than <see cref="MostFrames"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frame rate is out of range.</exception>
    public MotionTemplate AtRate(double framesPerSecond)
    {
        if (Frames == 1 || framesPerSecond == FramesPerSecond)
        {
            return this;
        }

        double frames = Math.Max(1, Math.Floor(Frames / FramesPerSecond * framesPerSecond + 1e-6));
        if (!(frames <= MostFrames))
        {
            throw new ArgumentException($"{Frames} frames at {FramesPerSecond} a second would be more than {MostFrames} at {framesPerSecond}.", nameof(framesPerSecond));
        }

        double[] places = new double[(int)frames];
        for (int frame = 0; frame < places.Length; frame++)
        {
            places[frame] = frame / framesPerSecond * FramesPerSecond;
        }

        return AtPlaces(places, framesPerSecond);
    }

    /// <summary>The motion at places between its frames. Between two frames everything moves in a straight line; behind the last one it stays.</summary>
    /// <param name="places">One or more, each 0 or more: 1.5 lies between the second and the third frame.</param>
    /// <param name="framesPerSecond">The frame rate of what is returned.</param>
    internal MotionTemplate AtPlaces(double[] places, double framesPerSecond)
    {
        return new MotionTemplate(framesPerSecond, At(Scales, 1), At(Rotations, RotationMatrix.Length), At(Expressions, MotionLayout.KeypointLength), At(Translations, 3))
        {
            CanonicalKeypoints = At(CanonicalKeypoints, MotionLayout.KeypointLength),
            Keypoints = At(Keypoints, MotionLayout.KeypointLength),
            EyeRatios = At(EyeRatios, 2),
            LipRatios = At(LipRatios, 1),
        };

        float[] At(ReadOnlyMemory<float> values, int width)
        {
            float[] moved = new float[values.IsEmpty ? 0 : places.Length * width];
            for (int i = 0; i < moved.Length; i++)
            {
                double place = Math.Min(places[i / width], Frames - 1);
                int before = (int)place;
                float share = (float)(place - before);
                float first = values.Span[(before * width) + (i % width)];
                float second = values.Span[(Math.Min(before + 1, Frames - 1) * width) + (i % width)];
                moved[i] = first + ((second - first) * share);
            }

            return moved;
        }
    }

    /// <summary>Some of the frames.</summary>
    /// <param name="first">0 .. <see cref="Frames"/> - 1.</param>
    /// <param name="count">1 or more.</param>
    internal MotionTemplate Slice(int first, int count)
    {
        return count == Frames ? this : new MotionTemplate(
            FramesPerSecond, Part(Scales, 1), Part(Rotations, RotationMatrix.Length), Part(Expressions, MotionLayout.KeypointLength), Part(Translations, 3))
        {
            CanonicalKeypoints = Part(CanonicalKeypoints, MotionLayout.KeypointLength),
            Keypoints = Part(Keypoints, MotionLayout.KeypointLength),
            EyeRatios = Part(EyeRatios, 2),
            LipRatios = Part(LipRatios, 1),
        };

        ReadOnlyMemory<float> Part(ReadOnlyMemory<float> values, int width) => values.IsEmpty ? values : values.Slice(first * width, count * width);
    }

    internal float Scale(int frame) => Scales.Span[frame];

    internal RotationMatrix Rotation(int frame) => MemoryMarshal.Cast<float, RotationMatrix>(Rotations.Span)[frame];

    internal ReadOnlySpan<float> Expression(int frame) => Expressions.Span.Slice(frame * MotionLayout.KeypointLength, MotionLayout.KeypointLength);

    internal Vector2 PlaneTranslation(int frame) => new(Translations.Span.Slice(3 * frame, 2));

    private ReadOnlyMemory<float> CheckedOrEmpty(ReadOnlyMemory<float> values, int width, [CallerMemberName] string name = "") =>
        values.IsEmpty ? values : Checked(values, width, name);

    private ReadOnlyMemory<float> Checked(ReadOnlyMemory<float> values, int width, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        if (values.Length != (long)Frames * width)
        {
            throw new ArgumentException($"{Frames} frames have {(long)Frames * width} values of {name}, not {values.Length}.", name);
        }

        int place = FiniteValues.IndexOfOther(values.Span);
        return place < 0 ? values : throw new ArgumentException($"{name} has the value {values.Span[place]} in frame {place / width}.", name);
    }
}
