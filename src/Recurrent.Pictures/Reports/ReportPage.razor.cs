using Microsoft.AspNetCore.Components;

namespace Recurrent.Pictures.Reports;

/// <summary>A <see cref="Reports.Report"/> as a whole page.</summary>
public sealed partial class ReportPage : ComponentBase
{
    /// <summary>What the page shows.</summary>
    [Parameter, EditorRequired]
    public Report Report { get; set; } = null!;
}
