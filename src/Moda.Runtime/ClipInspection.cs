using Moda.Runtime.Imaging;

namespace Moda.Runtime;

/// <summary>Sees what happens inside a clip, for whoever proves parity. Its methods are called on the engine's threads.</summary>
internal abstract class ClipInspection
{
    /// <summary>The frames to render; null for all.</summary>
    public virtual IReadOnlySet<int>? Frames => null;

    /// <summary>Sees an intermediate value.</summary>
    /// <param name="name">What it is, as the reference's cases name it.</param>
    /// <param name="values">Row-major; valid during the call only.</param>
    public abstract void See(string name, ReadOnlySpan<float> values);

    /// <summary>Sees a rendered crop before it is pasted back; from several threads at once.</summary>
    /// <param name="frame">The frame's number.</param>
    /// <param name="crop">The crop.</param>
    public virtual void SeeCrop(int frame, RgbImage crop)
    {
    }
}
