//! The columns of a file of assets.

use crate::table::columns;

columns! {
    Hospital    "所属单位"         "unit"         ["单位" "单位名称" "医院" "医疗机构" "机构名称" "hospital"];
    Name        "资产名称"         "name"         ["名称" "资产" "asset" "asset name"];
    System      "所属系统"         "system"       ["系统" "系统名称" "业务系统" "信息系统"];
    Zone        "安全域"           "zone"         ["网络区域" "区域" "所在区域" "安全区域"];
    Owner       "归属部门"         "owner"        ["所属部门" "责任部门" "使用部门" "department"];
    Operator    "运维单位"         "operator"     ["运维方" "运维" "运维厂商" "运营单位"];
    Responsible "责任人"           "responsible"  ["负责人" "联系人" "管理员" "responsible party" "contact"];
    Phone       "联系电话"         "phone"        ["电话" "手机" "联系方式" "telephone"];
    Criticality "重要程度"         "criticality"  ["重要性" "关键程度" "资产等级" "importance"];
    Level       "等保级别"         "mlps level"   ["等保等级" "等级保护级别" "等保" "定级" "mlps"];
    Filing      "备案号"           "filing"       ["备案编号" "等保备案号" "备案证明编号" "filing number"];
    Cii         "关键信息基础设施" "cii"          ["关基" "是否关基" "是否关键信息基础设施"];
    Addresses   "IP地址"           "addresses"    ["IP" "地址" "网络地址" "address" "ip address" "ip addresses"];
    Vendor      "厂商"             "vendor"       ["品牌" "生产厂商" "供应商"];
    Product     "产品型号"         "product"      ["产品" "型号" "产品名称" "model"];
    Version     "版本"             "version"      ["版本号" "软件版本"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_known_by_what_people_write() {
        for (header, column) in [
            ("资产名称", Column::Name),
            (" Asset Name ", Column::Name),
            ("*资产名称（必填）", Column::Name),
            ("\u{feff}IP 地址", Column::Addresses),
            ("MLPS_Level", Column::Level),
            ("是否关基", Column::Cii),
        ] {
            assert_eq!(Column::find(header), Some(column), "{header}");
        }
        assert_eq!(Column::find("备注"), None);
        for column in Column::ALL {
            assert_eq!(
                (Column::find(column.zh()), Column::find(column.en())),
                (Some(*column), Some(*column))
            );
        }
    }
}
